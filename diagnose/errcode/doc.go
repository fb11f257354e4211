// Package errcode explains the error codes that update logs are full of.
//
// A code is an unsigned 32-bit number: an HRESULT, an NTSTATUS value, or a
// plain Win32, Windows Installer or WinHTTP number below 65536. The same fault
// is written in many ways (0x80070643, -2147023293, 1603); [Parse] reads what a
// person types, [Find] what stands in a log line, and [Decode] says what the
// number means. Numbers of no known meaning are explained by their family, and
// those of no known family are still shown: nothing is dropped.
//
// The table of meanings, codes.csv, is embedded and read at the first use. All
// functions are safe for concurrent use; none of them keeps a reference to its
// argument, and none panics whatever it is given.
//
// What a code says about the stage that broke is left to the playbooks, apart
// from the few codes that speak of one stage only: see [Code.Stage].
package errcode
