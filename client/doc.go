// Package client opens what a diagnosis looks at: a folder of logs, an archive of
// one, the client on another computer, or a single log. It finds the log files,
// joins rotated parts, and says of what it could not read why. It reads names and
// sizes only; the logs' content is read by whoever opens their parts.
//
// An archive is bounded: in the length of its list, the sizes that it unpacks to,
// and their ratio to what is packed. A log is unpacked when it is first opened,
// into memory or a temporary file, never under a name that the archive gives;
// [Target.Close] lets go of it.
//
// Links are followed, but no folder and no file is taken twice, so a loop of
// links ends. How deep and how far the search goes is bounded; what lies beyond
// is a Problem, never left out in silence. On Windows a log is opened so that
// its writer can still rename it.
//
// [Local] is this machine as a place to run the commands of a stage, and
// [Params] keeps what those commands need to know, one file for each target that
// is written whole or not at all. [States] keeps what else comes back when a
// target is opened again, as safely.
package client
