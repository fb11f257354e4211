// Package client opens what a diagnosis looks at: a folder of logs, or a single
// log. It finds the log files, joins rotated parts, and says of what it could
// not read why. It reads names and sizes only; the logs' content is read by
// whoever opens their parts.
//
// Links are followed, but no folder and no file is taken twice, so a loop of
// links ends. How deep and how far the search goes is bounded; what lies beyond
// is a Problem, never left out in silence. On Windows a log is opened so that
// its writer can still rename it.
//
// [Local] is this machine as a place to run the commands of a stage, and
// [Params] keeps what those commands need to know, one file for each target that
// is written whole or not at all.
package client
