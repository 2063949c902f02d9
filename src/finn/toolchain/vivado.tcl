# Synthesis, placement, routing and bitstream without a project, for Vivado 2019.1 or later:
#   vivado -mode batch -source build.tcl
# The settings above are the build's. Every path is relative to this file, so that the folder of the
# project can be copied to another machine. Nothing is written to `result.json` unless all is well.

proc fail {reason} {
    puts stderr "ERROR: $reason"
    exit 1
}

# Slack in ns of the slowest (-setup) or fastest (-hold) path; a design without a timed path fails.
proc slack_of {kind name} {
    global clk_mhz
    set paths [get_timing_paths -max_paths 1 -nworst 1 $kind]
    if {[llength $paths] != 1} {
        fail "$name is absent: Vivado reports no timed path, so that nothing is known of the clock"
    }
    set path [lindex $paths 0]
    set slack [get_property SLACK $path]
    if {![regexp {^-?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?$} $slack]} {
        fail "$name is absent: the slowest path is not constrained"
    }
    if {$slack < 0} {
        set from [get_property STARTPOINT_PIN $path]
        set to [get_property ENDPOINT_PIN $path]
        fail "the clock of $clk_mhz MHz is missed: $name is $slack ns, from $from to $to"
    }
    return $slack
}

# Number of registers that no clock reaches, by Vivado's own check.
proc unclocked_registers {} {
    set report [check_timing -return_string]
    set found 0
    set count 0
    foreach {line number} [regexp -all -inline {There (?:is|are) ([0-9]+) register/latch pins? with no clock} $report] {
        set found 1
        incr count $number
    }
    if {!$found} {
        fail "check_timing does not say how many registers have no clock"
    }
    return $count
}

proc only_one {objects what} {
    if {[llength $objects] != 1} {
        fail "there are [llength $objects] of $what where there must be one"
    }
    return [lindex $objects 0]
}

set here [file dirname [file normalize [info script]]]
set project [file dirname $here]
file delete [file join $here result.json] [file join $here $bit_name]

set rtl {}
foreach source $sources { lappend rtl [file join $project $source] }
read_verilog -sv $rtl
set contents {}
foreach memory $memories { lappend contents [file join $project $memory] }
if {[llength $contents]} { read_mem $contents }
synth_design -top $top -part $part -flatten_hierarchy rebuilt

# A raw processor primitive brings no clock: without this, "timing met" means nothing.
set clock_pin [only_one [get_pins $clock_pin_name] "the pin $clock_pin_name"]
create_clock -name fclk0 -period $period_ns $clock_pin
# The processor's reset, where it has one, comes from another clock domain.
if {$synchroniser_name ne ""} {
    set synchroniser [get_cells -hierarchical -filter "NAME =~ $synchroniser_name"]
    if {[llength $synchroniser] != 2} {
        fail "the reset synchroniser has [llength $synchroniser] registers where it must have two"
    }
    set_property ASYNC_REG TRUE $synchroniser
    set first [get_cells [lindex [lsort $synchroniser] 0]]
    set_false_path -to [get_pins -of_objects $first -filter {REF_PIN_NAME == D}]
}

opt_design
place_design
phys_opt_design
route_design

report_timing_summary -delay_type min_max -max_paths 10 -file [file join $here timing.rpt]
report_utilization -file [file join $here utilisation.rpt]
report_drc -file [file join $here drc.rpt]
write_checkpoint -force [file join $here routed.dcp]

set unclocked [unclocked_registers]
if {$unclocked > 0} {
    fail "$unclocked registers have no clock, so that their timing is not known"
}
set wns [slack_of -setup WNS]
set whs [slack_of -hold WHS]

# The build's number travels in the file's header: `finn build --adopt` compares it.
set_property BITSTREAM.CONFIG.USERID $user_id [current_design]
write_bitstream -force [file join $here $bit_name]

set file [open [file join $here result.json] w]
puts $file "{\"build_id\": $build_id, \"clk_mhz\": $clk_mhz, \"wns_ns\": $wns, \"whs_ns\": $whs,"
puts $file " \"bit\": \"$bit_name\", \"version\": \"[version -short]\"}"
close $file
puts "bitstream [file join $here $bit_name]: WNS $wns ns, WHS $whs ns at $clk_mhz MHz"
