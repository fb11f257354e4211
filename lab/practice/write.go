package practice

import (
	"encoding/xml"
	"fmt"
	"io"

	"patchtrace/diagnose/evidence/catalogue"
)

// Write writes a catalogue as its makers do: without an encoding in the
// prolog, indented with tabs.
func Write(w io.Writer, c *catalogue.Catalogue) error {
	if _, err := io.WriteString(w, "<?xml version=\"1.0\"?>\n<!-- Practice catalogue of the patchtrace lab. Every bulletin in it is invented. -->\n"); err != nil {
		return fmt.Errorf("write catalogue: %w", err)
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "\t")
	if err := enc.Encode(c); err != nil {
		return fmt.Errorf("write catalogue: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}
