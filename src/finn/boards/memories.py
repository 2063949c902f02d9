"""The boards' memories.

75 % of the peak is what the vendor's manuals give as a design maximum, refresh included. Refresh
is JEDEC's: one of tRFC every tREFI, in cycles of a 100 MHz fabric clock.
"""

from __future__ import annotations

from finn.boards.base import Memory

__all__ = ("DDR3_16", "DDR3_32", "DDR4_2133", "DDR4_2400", "LPDDR4_1066")

EFFICIENCY = 0.75

# 512 MB, 16 bits at both edges of 525 MHz; tRFC 260 ns (4 Gbit), tREFI 7.8 us. HP0 and HP1, and HP2
# and HP3, share a port of the memory controller (UG585, chapter 22).
DDR3_16 = Memory(
    base=0,
    size=512 << 20,
    peak=2.1e9,
    efficiency=EFFICIENCY,
    port_bytes=8,
    latency=(20, 60),
    refresh_period=780,
    refresh_stall=26,
    outstanding=8,
    controllers=(0, 0, 1, 1),
)

# 512 MB, 32 bits at both edges of 533.3 MHz; tRFC 160 ns (2 Gbit).
DDR3_32 = Memory(
    base=0,
    size=512 << 20,
    peak=4.266e9,
    efficiency=EFFICIENCY,
    port_bytes=8,
    latency=(20, 60),
    refresh_period=780,
    refresh_stall=16,
    outstanding=8,
    controllers=(0, 0, 1, 1),
)

# 2 GB, 64 bits at 2,133 MT/s; tRFC 260 ns (4 Gbit). HP1 and HP2 share a port of the controller
# (UG1085, chapter 17), which runs at half the DRAM's clock and with 16 bytes: 8.5 GB/s each way, more
# than both ask for at the clocks that a design here reaches. Ports issue up to 16 bursts (UG1087,
# AFIFM RDISSUE and WRISSUE).
DDR4_2133 = Memory(
    base=0,
    size=2 << 30,
    peak=17.06e9,
    efficiency=EFFICIENCY,
    port_bytes=16,
    latency=(20, 60),
    refresh_period=780,
    refresh_stall=26,
    outstanding=16,
    controllers=(0, 1, 2, 3),
)

# 4 GB, 64 bits at 2,400 MT/s, of which the upper 2 GB are seen at 0x8_0000_0000; tRFC 350 ns (8 Gbit).
DDR4_2400 = Memory(
    base=0x8_0000_0000,
    size=2 << 30,
    peak=19.2e9,
    efficiency=EFFICIENCY,
    port_bytes=16,
    latency=(20, 60),
    refresh_period=780,
    refresh_stall=35,
    outstanding=16,
    controllers=(0, 1, 2, 3),
)

# 2 GB, 32 bits at 1,066 MT/s; tRFCab 280 ns (8 Gbit a channel), tREFI 3.9 us.
LPDDR4_1066 = Memory(
    base=0,
    size=2 << 30,
    peak=4.264e9,
    efficiency=EFFICIENCY,
    port_bytes=16,
    latency=(20, 60),
    refresh_period=390,
    refresh_stall=28,
    outstanding=16,
    controllers=(0, 1, 2, 3),
)
