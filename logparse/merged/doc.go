// Package merged shows several logs as one, in the order of their times, and
// reaches any row of it at once, however many records there are.
//
// Logs keeps an index of a few bytes a record; the records themselves stay in
// their files and are read when a row is asked for. Records of one log keep their
// order in the file, whatever their clock says; between logs the time in UTC
// decides. The index is built from the ends of the logs backwards, so that the
// newest rows are there first. Everything may be used by several goroutines.
package merged
