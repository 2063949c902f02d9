# Stands in for Vivado: its commands as the Tcl reference (UG835) declares them. A command, option or
# number of arguments that is not declared here is an error, and so is a step out of order. What the
# commands answer comes from the array `scenario`; every call goes to `calls.txt`.
#
# It shows that the script calls what there is, in an order that makes sense, and draws the right
# conclusions. It shows nothing about synthesis, timing or a chip.

# For each command: flags, options that take a value, least and greatest number of other arguments.
array set declared {
    read_verilog {{-sv -quiet -verbose} {-library} 1 1}
    read_mem {{-quiet -verbose} {} 1 1}
    synth_design {{-rtl -retiming -assert -no_lc -quiet -verbose} {-name -part -constrset -top
        -include_dirs -generic -verilog_define -flatten_hierarchy -directive -bufg -mode -max_dsp
        -max_bram} 0 0}
    get_pins {{-hierarchical -regexp -nocase -leaf -quiet -verbose} {-hsc -filter -of_objects
        -match_style} 0 1}
    get_cells {{-hierarchical -regexp -nocase -quiet -verbose} {-hsc -filter -of_objects -match_style} 0 1}
    get_timing_paths {{-setup -hold -unique_pins -no_report_unconstrained -regexp -nocase -quiet -verbose}
        {-from -to -through -delay_type -max_paths -nworst -slack_lesser_than -slack_greater_than -group
        -sort_by -filter -cell} 0 0}
    get_property {{-min -max -quiet -verbose} {} 2 2}
    set_property {{-quiet -verbose} {-dict} 3 3}
    current_design {{-quiet -verbose} {} 0 1}
    create_clock {{-add -quiet -verbose} {-period -name -waveform} 0 1}
    set_false_path {{-setup -hold -rise -fall -reset_path -quiet -verbose} {-from -to -through} 0 0}
    opt_design {{-retarget -propconst -sweep -remap -quiet -verbose} {-directive} 0 0}
    place_design {{-unplace -no_timing_driven -timing_summary -quiet -verbose} {-directive} 0 0}
    phys_opt_design {{-quiet -verbose} {-directive} 0 0}
    route_design {{-unroute -no_timing_driven -timing_summary -quiet -verbose} {-nets -pins -directive} 0 0}
    check_timing {{-no_header -append -return_string -verbose -quiet} {-file -loop_limit -name
        -override_defaults -include -exclude -rpx -cells} 0 0}
    report_timing_summary {{-check_timing_verbose -no_detailed_paths -setup -hold -unique_pins
        -report_unconstrained -append -return_string -warn_on_violation -datasheet -quiet -verbose}
        {-delay_type -max_paths -nworst -path_type -slack_lesser_than -significant_digits -file -name
        -cell -rpx} 0 0}
    report_utilization {{-append -return_string -hierarchical -quiet -verbose} {-file -pblocks -cells -name} 0 0}
    report_drc {{-append -return_string -quiet -verbose} {-name -checks -ruledecks -file -rpx} 0 0}
    write_checkpoint {{-force -quiet -verbose} {-cell -key} 1 1}
    write_bitstream {{-force -raw_bitfile -no_binary_bitfile -mask_file -readback_file -logic_location_file
        -bin_file -quiet -verbose} {-reference_bitfile -cell} 1 1}
    version {{-short -quiet -verbose} {} 0 0}
}
array set scenario {
    clock_pins {u_processor/u_ps7/FCLKCLK[0]}
    synchronisers {{u_reset/synchroniser_reg[1]} {u_reset/synchroniser_reg[0]}}
    unclocked { There are 0 register/latch pins with no clock.}
    setup 0.312 hold 0.041 paths 1 family Slice
}
array set done {}
array set properties {}
set constrained {}

foreach command [array names declared] {
    proc $command args "return \[call $command \$args\]"
}

proc call {command arguments} {
    global declared scenario
    lassign $declared($command) flags valued least greatest
    set options {}
    set others {}
    for {set i 0} {$i < [llength $arguments]} {incr i} {
        set word [lindex $arguments $i]
        if {$word in $flags} {
            dict set options $word 1
        } elseif {$word in $valued} {
            if {[incr i] >= [llength $arguments]} { error "$command: $word takes a value" }
            dict set options $word [lindex $arguments $i]
        } elseif {[string match {-[a-z]*} $word]} {
            error "$command: $word is not declared"
        } else {
            lappend others $word
        }
    }
    if {[llength $others] < $least || [llength $others] > $greatest} {
        error "$command: [llength $others] arguments where $least to $greatest are declared"
    }
    set file [open $scenario(calls) a]
    puts $file [list $command {*}$arguments]
    close $file
    return [do_$command $options {*}$others]
}

proc option {options name {default {}}} {
    return [expr {[dict exists $options $name] ? [dict get $options $name] : $default}]
}
proc after_step {step} {
    global done
    if {![info exists done($step)]} { error "this comes before $step" }
}
proc step {name previous} {
    global done
    after_step $previous
    set done($name) 1
}
proc read_files {files suffix} {
    foreach file $files {
        if {![file isfile $file]} { error "there is no $file" }
        if {[file extension $file] ne $suffix} { error "$file is no $suffix" }
    }
}
proc write_text {path text} {
    set file [open $path w]
    puts $file $text
    close $file
}

proc do_read_verilog {options files} {
    global done
    if {![dict exists $options -sv]} { error "SystemVerilog is read with -sv" }
    read_files $files .sv
    set done(read) 1
}
proc do_read_mem {options files} { after_step read; read_files $files .mem }
proc do_synth_design {options} {
    foreach needed {-top -part} {
        if {![dict exists $options $needed]} { error "synth_design needs $needed" }
    }
    if {[option $options -flatten_hierarchy rebuilt] ni {rebuilt full none}} { error "-flatten_hierarchy" }
    step synth_design read
}
proc do_get_pins {options {pattern {}}} {
    global scenario
    after_step synth_design
    if {[dict exists $options -of_objects]} {
        set cells [dict get $options -of_objects]
        if {[option $options -filter] ne "REF_PIN_NAME == D"} { error "unexpected filter" }
        return [lmap cell $cells { string cat $cell /D }]
    }
    return [lmap pin $scenario(clock_pins) { expr {$pin eq $pattern ? $pin : [continue]} }]
}
proc do_get_cells {options {pattern {}}} {
    global scenario
    after_step synth_design
    if {$pattern ne {}} { return [lmap cell $scenario(synchronisers) { expr {$cell eq $pattern ? $cell : [continue]} }] }
    if {![regexp {^NAME =~ (\S+)$} [option $options -filter] -> glob]} { error "unexpected filter" }
    return [lmap cell $scenario(synchronisers) { expr {[string match $glob $cell] ? $cell : [continue]} }]
}
proc do_create_clock {options {pins {}}} {
    global constrained
    if {$pins eq {} || ![string is double -strict [option $options -period]]} { error "create_clock: no pin or period" }
    set constrained $pins
}
proc do_set_property {options name value objects} {
    global properties
    if {$objects eq {}} { error "set_property: nothing to set it on" }
    foreach object $objects { set properties($name,$object) $value }
}
proc do_current_design {options args} { return design_1 }
proc do_set_false_path {options} { if {[option $options -to] eq {}} { error "set_false_path: -to nothing" } }
proc do_opt_design {options} { step opt_design synth_design }
proc do_place_design {options} { step place_design opt_design }
proc do_phys_opt_design {options} { step phys_opt_design place_design }
proc do_route_design {options} { step route_design place_design }
proc do_check_timing {options} {
    global scenario
    after_step route_design
    if {![dict exists $options -return_string]} { error "its text goes nowhere" }
    return "check_timing report\n\n1. checking no_clock\n------\n$scenario(unclocked)\n\n2. checking loops\n"
}
# Without a clock Vivado reports paths of no slack.
proc do_get_timing_paths {options} {
    global scenario constrained
    after_step route_design
    set kind [expr {[dict exists $options -hold] ? "hold" : "setup"}]
    if {$constrained eq {}} { return "$kind:" }
    return [lrepeat $scenario(paths) "$kind:$scenario($kind)"]
}
proc do_get_property {options name object} {
    switch $name {
        SLACK { return [lindex [split $object :] 1] }
        STARTPOINT_PIN { return u_network/MVAU_0/sum_reg/C }
        ENDPOINT_PIN { return u_idma0/count_reg/D }
        default { error "get_property: $name is not declared" }
    }
}
proc do_report_timing_summary {options} { after_step route_design; write_text [dict get $options -file] timing }
proc do_report_drc {options} { after_step route_design; write_text [dict get $options -file] drc }
proc do_report_utilization {options} {
    global scenario
    after_step route_design
    set rows {}
    set family $scenario(family)
    foreach {name used} [list "$family LUTs*" 7360 "$family Registers" 24989 "Block RAM Tile" 1.5 DSPs 0] {
        append rows [format "| %-26s | %5s |     0 |     53200 |  1.00 |\n" $name $used]
    }
    write_text [dict get $options -file] $rows
}
proc do_write_checkpoint {options path} { after_step route_design; write_text $path checkpoint }
proc do_version {options} { return 2019.1 }

proc field {key text} { return $key[binary format S [expr {[string length $text] + 1}]]$text\0 }
proc do_write_bitstream {options path} {
    global scenario properties
    after_step route_design
    if {[file exists $path]} { error "$path is there already" }
    set user [format 0X%08X $properties(BITSTREAM.CONFIG.USERID,design_1)]
    set data [string repeat \xff 64]\xaa\x99\x55\x66
    append data [string repeat \0 [expr {$scenario(bytes) - [string length $data]}]]
    set header [binary format H* 00090ff00ff00ff00ff0000001]
    append header [field a "finn_top;UserID=$user;Version=2019.1"] [field b 7z020clg400] \
        [field c 2026/01/01] [field d 00:00:00] e [binary format I [string length $data]]
    set file [open $path wb]
    puts -nonewline $file $header$data
    close $file
}
