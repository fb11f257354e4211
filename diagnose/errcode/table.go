package errcode

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// codes.csv has the columns code, name, meaning, family. A code is hex with
// eight digits, or a decimal Win32, Windows Installer or WinHTTP number.
//
//go:embed codes.csv
var codesCSV string

// row is one line of the table.
type row struct {
	value         uint32
	name, meaning string
	family        string
}

// table holds all rows, sorted by value.
var table = sync.OnceValue(func() []row { return readTable(codesCSV) })

// byName finds the value of a constant by its name in lower case.
var byName = sync.OnceValue(func() map[string]uint32 {
	m := make(map[string]uint32, len(table())+len(aliases))
	for name, v := range aliases {
		m[name] = v
	}
	for _, r := range table() {
		if r.name != "" {
			m[strings.ToLower(r.name)] = r.value
		}
	}
	return m
})

// aliases are second names of values in the table, which lists the WinHTTP and
// Windows Installer sense.
var aliases = map[string]uint32{
	"s_ok":                           0,
	"no_error":                       0,
	"error_internet_decoding_failed": 12175,
	"error_fail_fast_exception":      1653,
	"wu_e_notsupported":              0x80240047,
}

// readTable reads the table and stops at the first line that is no CSV; a row
// whose code is no number is left out. A test holds that the embedded table
// has neither.
func readTable(text string) []row {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = 4
	r.ReuseRecord = true
	rows := make([]row, 0, 1200)
	for {
		rec, err := r.Read()
		if err != nil {
			break
		}
		// The heading is the row whose code is no number.
		v, err := strconv.ParseUint(rec[0], 0, 32)
		if err != nil {
			continue
		}
		rows = append(rows, row{uint32(v), rec[1], rec[2], rec[3]})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.value, b.value) })
	return rows
}

// lookup returns the row of v.
func lookup(v uint32) (row, bool) {
	rows := table()
	i, ok := slices.BinarySearchFunc(rows, v, func(r row, v uint32) int { return cmp.Compare(r.value, v) })
	if !ok {
		return row{}, false
	}
	return rows[i], true
}

// All yields every code of the table, in the order of their values.
func All() iter.Seq[Code] {
	return func(yield func(Code) bool) {
		for _, r := range table() {
			if !yield(Decode(r.value)) {
				return
			}
		}
	}
}
