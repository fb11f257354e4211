// Package logparse turns the bytes of a client's or server's logs into records.
//
// It reads every line format of SMS 2.0, SMS 2003 and Configuration Manager,
// of the Windows Update Agent and of text pasted out of a log viewer. The format
// is found record by record from the content; a file's name means nothing here.
//
// A log is one or more parts: the file itself and the ones it was rotated to.
// Forward and Backward read a log in blocks that several goroutines parse,
// Parser takes bytes as they arrive. All three give the same records for the
// same bytes, however these are cut. Memory is bounded by the block size; a
// record longer than MaxRecord is cut there and marked torn. No input makes
// this package panic or return an error for what a line says; errors are those
// of opening and reading files.
//
// What a line means is left to the packages above.
package logparse
