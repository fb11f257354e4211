// Package practice is the lab's half of the catalogue: invented bulletins in the
// shape of the published ones, a writer for them, and a scan of the simulated
// client. Every bulletin in it says that it is invented.
package practice
