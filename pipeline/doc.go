// Package pipeline holds what is known about the update flow: for each product
// one playbook with its four stages (sync, scan, inventory, install), their
// steps, logs, commands and the log lines that mean something.
//
// Playbooks are YAML files. Those that ship with the program are embedded and
// read when they are asked for: [Load] reads one, [Head] only its signs of the
// product. [Parse] reads a playbook of the user's own, and [Lint] says
// everything that is wrong with one, each with file, line and column.
//
// A playbook does not change after it was read, and may be shared. Nothing in
// here reads a log, a clock or a screen.
package pipeline
