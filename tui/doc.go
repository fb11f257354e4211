// Package tui is the console: one screen on which a support engineer sees the
// four stages, reads what broke and why, runs stages and follows their logs.
//
// It draws and it listens to keys. Everything that touches a file, a process, the
// network or a clock is asked of a Desk and done in commands, away from the
// update path. Text from logs, file names and programs is hostile: it meets the
// screen only through safe.
package tui

//go:generate go run patchtrace/scripts/keys ../docs/keys.md
