package offline

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// product returns the playbook to use, and why.
func (r *run) product(beside *evidence.Set) (id string, why []string, err error) {
	if r.opt.Product != "" {
		return r.opt.Product, []string{"given by --product"}, nil
	}
	var books []*pipeline.Playbook
	for _, id := range pipeline.Builtin() {
		b, err := pipeline.Head(id)
		if err != nil {
			return "", nil, err
		}
		books = append(books, b)
	}
	var sniffs []diagnose.Sniff
	for _, log := range r.src.Logs {
		sniffs = append(sniffs, sniff(r.ctx, log))
	}
	id, why = diagnose.Detect(books, sniffs, beside)
	return id, why, nil
}

// Sniffing looks at this many bytes at each end of a log.
const sniffSize = 8 << 10

// sniff reads a little of the log's first and last part.
func sniff(ctx context.Context, log logparse.Log) diagnose.Sniff {
	s := diagnose.Sniff{Name: log.Name}
	if len(log.Parts) == 0 {
		return s
	}
	opt := logparse.Options{Workers: 1, BlockSize: sniffSize}
	collect := func(b *logparse.Block) bool {
		n := 0
		for rec := range b.Records() {
			if name := rec.Format.String(); !slices.Contains(s.Formats, name) {
				s.Formats = append(s.Formats, name)
			}
			s.Messages = append(s.Messages, rec.Message)
			if n++; n >= 64 {
				break
			}
		}
		return false
	}
	first := log
	first.Parts = log.Parts[:1]
	logparse.HeadBlock(ctx, first, opt, collect)
	if log.Size() > sniffSize {
		last := log
		last.Parts = log.Parts[len(log.Parts)-1:]
		logparse.TailBlock(ctx, last, opt, collect)
	}
	return s
}

// look tells of a log that is not worth reading: one that cannot be opened, or
// that is no text.
func look(log logparse.Log) (state, note string) {
	binary, err := logparse.Binary(log)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return diagnose.LogDenied, err.Error()
	case err != nil:
		return diagnose.LogUnreadable, err.Error()
	case binary:
		return diagnose.LogUnreadable, "it is no text"
	}
	return "", ""
}
