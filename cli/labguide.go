package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"patchtrace/lab"
	"patchtrace/pipeline"
)

// guidedRun runs a lab stage by stage, as text, and explains each.
func guidedRun(d deps, cmd *cobra.Command) error {
	t := newRunText(d.streams.Out, d.streams)
	t.para("", "This machine has no client of SMS or Configuration Manager, so here is a guided run in a LAB: a practice site and client, in which the real flow goes through its four stages. See patchtrace --help for everything else.")
	t.printf("\n")
	if err := writeError(t.err); err != nil {
		return err
	}
	o := &labOptions{deps: d, env: labEnv(d), product: lab.SMS2003, format: "text", guide: true}
	if err := o.run(cmd.Context()); err != nil {
		return err
	}
	t.printf("\n")
	t.para("", "Now break something: patchtrace lab faults lists what, patchtrace lab run --fault NAME shows how it is found, and patchtrace lab init DIR makes a lab to poke at.")
	return writeError(t.err)
}

// hasClient tells whether this machine has logs of a client.
func hasClient() bool { return len(localFolders()) > 0 }

// explain says what a stage is for.
func explain(t *runText, st *pipeline.Stage) {
	n := slices.Index(pipeline.StageIDs[:], st.ID) + 1
	t.printf("%s\n", t.paint.head(fmt.Sprintf("Stage %d of %d: %s", n, len(pipeline.StageIDs), st.Title)))
	t.para("  ", st.Summary)
	for _, text := range st.Background[:min(2, len(st.Background))] {
		t.printf("\n")
		t.para("  ", text)
	}
	t.printf("\n")
}
