// Package cab writes and reads cabinet files, the archives in which the update
// catalogue travels: one cabinet, files stored or packed with MSZIP.
//
// A reader trusts nothing in the file. Names that hold a path are refused, every
// block is checked against its checksum, and a fault is reported with the byte
// at which it was met. Cabinets that span several files, and the methods Quantum
// and LZX, are refused by name.
package cab
