// Package cab writes and reads cabinet files, the archives in which the update
// catalogue travels: files stored or packed with MSZIP. Of a cabinet of any other
// method, or one of several, it reads the directory and says what it cannot
// unpack.
//
// A reader trusts nothing in the file. A name that would leave the folder is
// listed, with its reason, and never unpacked; every block is checked against its
// checksum; a fault is reported with the byte at which it was met; and no memory
// is taken on the word of a number in the file.
package cab
