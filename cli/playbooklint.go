package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"patchtrace/pipeline"
)

type playbookLintOptions struct {
	streams *Streams
	paths   []string
}

func newPlaybookLintCmd(d deps, run func(*playbookLintOptions) error) *cobra.Command {
	o := &playbookLintOptions{streams: d.streams}
	return &cobra.Command{
		Use:   "lint FILE|FOLDER...",
		Short: "Check playbooks of your own",
		Long: `Check playbook files, and all .yaml files of folders. Each problem is one line:
file:line:column, what is wrong, what to do. Warnings name what is probably
wrong; they alone do not make the check fail.

Exit codes: 0 no problems, 2 problems, or a file that could not be read.`,
		Example: "  patchtrace playbook lint mine.yaml\n  patchtrace playbook lint playbooks/",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(cmd, "no file", "give a .yaml file, or a folder of them")
			}
			o.paths = args
			return run(o)
		},
	}
}

func runPlaybookLint(o *playbookLintOptions) error {
	files, err := playbookFiles(o.paths)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(o.streams.Out)
	problems, warnings := 0, 0
	for _, name := range files {
		data, err := readPlaybook(name)
		if err != nil {
			return errors.Join(writeError(out.Flush()), err)
		}
		for _, p := range pipeline.Lint(name, data) {
			if p.Warning {
				warnings++
			} else {
				problems++
			}
			writeProblem(out, p)
		}
	}
	if problems+warnings == 0 {
		writeFine(out, files)
	}
	if err := out.Flush(); err != nil {
		return writeError(err)
	}
	if problems > 0 {
		return exitStatus(exitUsage)
	}
	return nil
}

// writeProblem and writeFine leave errors to the Flush that follows.
func writeProblem(w io.Writer, p pipeline.Problem) {
	_, _ = fmt.Fprintln(w, show(p.Error()))
}

func writeFine(w io.Writer, files []string) {
	name := show(files[0])
	if len(files) > 1 {
		name = fmt.Sprintf("%d files", len(files))
	}
	_, _ = fmt.Fprintf(w, "%s: no problems\n", name)
}

// playbookFiles replaces each folder by the .yaml files in it.
func playbookFiles(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		info, err := os.Stat(p)
		switch {
		case err != nil:
			return nil, &Error{Op: "read playbook", On: p, Err: cause(err), Do: "give a .yaml file, or a folder of them"}
		case !info.IsDir():
			files = append(files, p)
			continue
		}
		inside, err := playbooksIn(p)
		if err != nil {
			return nil, err
		}
		files = append(files, inside...)
	}
	return files, nil
}

// playbooksIn lists the .yaml files of a folder, sorted, without its folders.
func playbooksIn(folder string) ([]string, error) {
	fail := func(err error) error {
		return &Error{Op: "read folder", On: folder, Err: cause(err), Do: "give a .yaml file, or a folder of them"}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fail(err)
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && isYAML(e.Name()) {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fail(errors.New("no .yaml file in it"))
	}
	return files, nil
}
