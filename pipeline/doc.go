// Package pipeline holds what is known about the update flow: for each product
// one playbook with its four stages (sync, scan, inventory, install), their
// steps, logs, commands and the log lines that mean something.
//
// Playbooks are YAML files. Those that ship with the program are embedded and
// read when they are asked for: [Load] reads one, [Head] only its signs of the
// product. [Parse] reads a playbook of the user's own, and [Lint] says
// everything that is wrong with one, each with file, line and column.
//
// A [Runner] runs one command of a stage on a [Host] and waits for its outcome:
// it starts the program with an argument vector, never through a shell, tells
// what it prints, and lets a [Watch] say what the logs say. [StartProcess] is how
// a host starts a program so that it can be stopped with all that it started.
//
// A playbook does not change after it was read, and may be shared. A runner runs
// one command at a time. Nothing in here reads a log or draws on a screen.
package pipeline
