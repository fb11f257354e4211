// Package cli is the command line: one file for each command, the flags and
// exit codes, and the wiring of everything else.
//
// A command is three parts: an options struct that holds its flags and what it
// needs from outside; a constructor newXCmd that only parses; and a function
// runX that only works. Tests reach either half without a process.
//
// stdout holds the answer and nothing else. An error is one line on stderr:
// what was tried, on what, why it failed, what to do; lower case, no full stop.
// Nothing here ends the process: Main returns the exit code.
package cli
