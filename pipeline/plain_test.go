package pipeline

import (
	"slices"
	"testing"
)

// sameTree compares kinds and texts; at is a node of b where they differ.
func sameTree(a, b *node) (at *node, same bool) {
	if a.kind != b.kind || a.text != b.text || len(a.keys) != len(b.keys) || len(a.values) != len(b.values) {
		return b, false
	}
	for i := range a.keys {
		if a.keys[i].text != b.keys[i].text {
			return b.keys[i], false
		}
	}
	for i := range a.values {
		if at, same := sameTree(a.values[i], b.values[i]); !same {
			return at, false
		}
	}
	return nil, true
}

// plainSeeds are documents in the part of YAML that playbooks use.
var plainSeeds = []string{
	goodBook,
	"a: b\n",
	"a:\n  b: c\n  d:\n    - e\n    - f: g\n      h: i\n    -\n      j: k\n",
	"a:\n- b\n- c\nd: e\n",
	"a:\n  - - b\n    - c\n  - d\n",
	"a: |-\n  b\n    c\n\n  d\ne: |\n  f\n",
	"a: >-\n  b\n  c\n\n  d\n\n\n  e\nf: >\n  g\n  h\n",
	"- a: >-\n    b\n    c\n  d: e\n- f\n",
	"a: 'it''s'\nb: \"q \\\" \\\\ \\n \\u00e9 \\/\"\n",
	"a: 'b\n  c'\nd: \"e\n  f\"\n",
	"a: b\n  c\n  d\ne: f\n",
	"a: [b, 'c, d', \"e]\", f g, [h], {i: j}]\n",
	"a: [b,\n    c,\n    'd']\ne: []\nf: {}\n",
	"a: {b: c, d: 'e: f'}\n",
	"a: b # remark\n# remark\n  # remark\nc: d#e\nf: [g] # remark\n",
	"a: 12\nb: -3\nc: 0x80041003\nd: 1.50\ne: true\nf: null\ng:\nh: yes\n",
	"a: C:\\Temp\\x\nb: \\\\host\\share\nc: (x|y)\nd: a:b\ne: é …\n",
	"a:\n\n  b: c\n\n\nd: e\n",
}

// plainDoubts are documents that it should leave alone, or that only just pass.
var plainDoubts = []string{
	"A:\n  - {A0: 0\n   0}\n",
	"A: [a,\n  b\n  c]\n", "a: # b\rc\n", "a: b\rc\n", "a: b # c\u2028d\n",
	"a: 1_000\n", "a: 010\n", "a: 1e3\n", "a: 12:30\n", "a: 2007-06-05\n", "a: 5 \nb: 1.\n",
	"a: 2\n -1\n  b\n", "a: '\n  '' '\n", "a: 'b\n \tc'\n",
	"a: b\n c: d\n", "a:\n  b: c\n d: e\n", "a: b: c\n", "a: 'b' c\n", "- a\nb: c\n", "a: [b\n", "a: |\n", "a: \"\\x41\"\n",
}

func TestReadPlainReadsWhatPlaybooksUse(t *testing.T) {
	for _, text := range plainSeeds {
		if _, ok := readPlain(text); !ok && text[0] != '-' {
			t.Errorf("not read: %q", text)
		}
	}
}

func TestReadPlainAgreesWithTheFullParser(t *testing.T) {
	for _, text := range slices.Concat(plainSeeds, plainDoubts) {
		requireAgreement(t, text)
	}
}

func requireAgreement(t *testing.T, text string) {
	t.Helper()
	plain, ok := readPlain(text)
	if !ok {
		return
	}
	full, problem := readYAML([]byte(text))
	if problem != nil {
		t.Fatalf("read what the full parser refuses (%s): %q", problem.Message, text)
	}
	if at, same := sameTree(plain, full); !same {
		t.Fatalf("read otherwise at %d:%d: %q", at.line, at.column, text)
	}
}

func FuzzReadPlain(f *testing.F) {
	for _, text := range slices.Concat(plainSeeds, plainDoubts) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { requireAgreement(t, text) })
}
