// What a Verilated model does on $fatal, $stop or a missing memory file: it throws, so that the
// process that loaded the model lives on and can say what happened.
#include "verilated.h"

#include <stdexcept>
#include <string>

static void fail(const char* file, int line, const char* message) {
    throw std::runtime_error(std::string(message) + " (" + (file ? file : "") + ":" + std::to_string(line) + ")");
}

void vl_fatal(const char* file, int line, const char*, const char* message) { fail(file, line, message); }

// A memory file that is missing or does not fit is a warning to Verilator; here it is an error.
void vl_warn(const char* file, int line, const char*, const char* message) { fail(file, line, message); }

void vl_stop(const char* file, int line, const char*) { fail(file, line, "the simulation stopped itself"); }
