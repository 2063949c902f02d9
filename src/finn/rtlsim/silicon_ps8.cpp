// The simulated chip of a Zynq UltraScale+.
#define FINN_PS8
#include "silicon.cpp"
