// Keys writes the cheat-sheet of the console's keys to the file that it is given,
// or to stdout.
package main

import (
	"fmt"
	"os"

	"patchtrace/tui"
)

func main() {
	if err := write(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "keys:", err)
		os.Exit(2)
	}
}

func write(args []string) error {
	if len(args) == 0 {
		_, err := fmt.Print(tui.CheatSheet())
		return err
	}
	return os.WriteFile(args[0], []byte(tui.CheatSheet()), 0o644)
}
