// Package mof reads and writes instances of WMI classes as text: as wbemtest shows
// them ("Show MOF"), as GetObjectText_ gives them, as sources for mofcomp hold
// them, and as people edited them. It needs no class definition: those are passed
// over, and a value is what its text says.
//
// Reading is lenient where the meaning is plain (a semicolon that is missing at the
// end, a name with an odd letter) and strict where it is not. It is bounded in
// everything: see ErrLimit.
package mof
