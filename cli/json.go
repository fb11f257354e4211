package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
)

// writeJSON writes v as JSON that a terminal may be shown: what it would obey
// or hide stands there as \u escapes, which mean the same to a reader of JSON.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeHidden(b.Bytes()))
	return err
}

// escapeHidden escapes the hidden characters of a JSON text. Outside of strings
// it holds none but line ends, which stay.
func escapeHidden(text []byte) []byte {
	var out []byte
	rest := 0
	for i, r := range string(text) {
		if r == '\n' || !hidden(r) {
			continue
		}
		out = append(out, text[rest:i]...)
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
		rest = i + len(string(r))
	}
	return append(out, text[rest:]...)
}
