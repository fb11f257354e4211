// Package diagnose turns evidence into a verdict: which of sync, scan,
// inventory and install broke for a client, what proves it, and what to do.
//
// An Engine observes records and, at any moment, reports. Records of one log
// must come in file order; logs may come in any order, in one piece or many.
// A Tally collects the evidence of a run of records away from the engine, so
// that blocks of a log can be read on several goroutines and be joined later:
// the same records give the same report however they were cut.
//
// What lies beside the logs (Options.Evidence) counts after them: it can break a
// stage of which the logs say nothing bad, and tell of a success that they do not
// show. That it is not there proves nothing.
//
// The package is pure. It reads no file, no clock and no screen: the caller says
// what time it is and which logs could not be read. Memory is bounded: of every
// kind of mark the newest are kept.
//
// The rules are those of the field: severity is no verdict, the newest outcome
// of a track wins, stages feed each other in order, and what could not be seen
// is never called healthy.
package diagnose
