// Package lab is a practice site and client: a folder in which the programs of
// SMS 2003 and SMS 2.0 really run.
//
// SyncXML, ScanWrapper, s_scan, o_scan, PatchInstall and the hardware inventory
// agent are processes of their own: this program, started again as one of them.
// They download a cabinet over HTTP from a server on the loopback, compare a
// machine that is described in a file with the catalogue in it, keep what they
// find as MOF, and post an inventory to a management point that moves the site's
// Last Hardware Scan. They write the logs of the real programs, into the folders
// of a real client. What is known of those programs is their command lines,
// their folders and some of their lines; the rest of the lines is ours.
//
// A fault breaks a mechanism: a server answers 407, a folder refuses writes, a
// clock is off. Whoever meets it finds out by failing.
//
// Nothing outside of the folder is written, nothing but the loopback is reached,
// and everything says LAB.
package lab
