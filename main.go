// Patchtrace finds out where a patch was lost on its way to a client: in the
// sync of the catalogue, the scan, the inventory or the install.
package main

import (
	"context"
	"os"

	"patchtrace/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.System()))
}
