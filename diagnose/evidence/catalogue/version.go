package catalogue

import (
	"cmp"
	"strconv"
	"strings"
)

// Compare compares versions as numbers between dots: 1.0.1.148 is older than
// 1.1.2.409, and 1.9 than 1.10. A part that is missing counts as 0, one that is
// no number is compared as text.
func Compare(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		if c := comparePart(part(as, i), part(bs, i)); c != 0 {
			return c
		}
	}
	return 0
}

func part(parts []string, i int) string {
	if i < len(parts) {
		return strings.TrimSpace(parts[i])
	}
	return "0"
}

func comparePart(a, b string) int {
	an, aErr := strconv.ParseUint(a, 10, 64)
	bn, bErr := strconv.ParseUint(b, 10, 64)
	if aErr != nil || bErr != nil {
		return cmp.Compare(a, b)
	}
	return cmp.Compare(an, bn)
}
