package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"patchtrace/lab"
)

func newLabServeCmd(d deps) *cobra.Command {
	o := &labOptions{deps: d, env: labEnv(d)}
	return &cobra.Command{
		Use:   "serve DIR",
		Short: "Keep the servers of a lab up",
		Long: `Keep the lab's servers up: that of the catalogue's maker, a proxy, the site
server and the management point, all on this machine's loopback. Without this
command they come up with each run and go down with it.

Ctrl-C ends it and gives that back. A server that is killed stays down, as real
ones do, until it is served again.`,
		Args: oneFolder,
		RunE: func(cmd *cobra.Command, args []string) error { return o.serve(cmd.Context(), args[0]) },
	}
}

func (o *labOptions) serve(ctx context.Context, dir string) error {
	l, err := openLab(dir)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // nothing is written through it any more
	servers, err := l.Serve()
	if err != nil {
		return &Error{Op: "serve", On: dir, Err: err, Do: "mend that, or make a new lab: patchtrace lab init DIR"}
	}
	defer servers.Close()
	if !servers.Mine() {
		return &Error{Op: "serve", On: dir, Err: errors.New("its servers are up already, in another process")}
	}
	signals, ignore := o.env.signals()
	defer ignore()
	if err := l.ServeByHand(true); err != nil {
		return &Error{Op: "serve", On: dir, Err: err}
	}
	ports := servers.Ports()
	var b strings.Builder
	fmt.Fprintf(&b, "LAB: the servers of %s are up. Ctrl-C ends it.\n", l.Name())
	for _, name := range slices.Sorted(maps.Keys(ports)) {
		where := fmt.Sprintf("http://127.0.0.1:%d", ports[name])
		if lab.Down(ports[name]) {
			where = "down (servers.json says so)"
		}
		fmt.Fprintf(&b, "  %-16s %s\n", name, where)
	}
	if _, err := io.WriteString(o.deps.streams.Out, b.String()); err != nil {
		return writeError(err)
	}
	select {
	case <-ctx.Done():
	case sig := <-signals:
		if sig != os.Interrupt {
			return nil // as if it were killed: its servers stay down
		}
	}
	if err := l.ServeByHand(false); err != nil {
		return &Error{Op: "serve", On: dir, Err: err}
	}
	return nil
}
