package client

import (
	"errors"

	"patchtrace/pipeline"
)

// ErrNoClient is why this machine is no target.
var ErrNoClient = errors.New("this machine has no client")

// openLocal opens the log folders of this machine's client.
func openLocal(d disk) (*Target, error) {
	books, err := pipeline.All()
	if err != nil {
		return nil, err
	}
	m := Local{}.Machine(books)
	if len(m.Folders) == 0 {
		e := &OpenError{"open target", ThisMachine, ErrNoClient, `name what to look into: a folder of a client's logs, a .zip of one, or the client itself, \\host`}
		if m.NamedFolder != "" {
			e.Err = explained{errors.New("the registry names " + m.NamedFolder + " as the client's log folder, which holds no logs"), ErrNoClient}
		}
		return nil, e
	}
	t, err := openFolders(d, ThisMachine, m.Folders)
	if err != nil {
		return nil, err
	}
	t.Notes = m.Notes()
	return t, nil
}
