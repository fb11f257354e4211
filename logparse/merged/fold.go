package merged

import (
	"strings"
	"unsafe"
)

// common holds letters and signs, the most frequent in logs first: a search looks
// for the rarest byte of a text first.
const common = " etaoinsrlcdhumpgfybwvk0123456789-.xq_:jz"

func rarity(c byte) int {
	if i := strings.IndexByte(common, c); i >= 0 {
		return i
	}
	return len(common)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// containsFold tells whether s holds the text, which is ASCII in lower case,
// whatever the case of letters in s. It neither copies nor folds s.
func containsFold(s string, text []byte) bool {
	if len(text) == 0 {
		return true
	}
	at := 0
	for i, c := range text {
		if rarity(c) > rarity(text[at]) {
			at = i
		}
	}
	low := text[at]
	up := low
	if low >= 'a' && low <= 'z' {
		up = low &^ 0x20
	}
	end := len(s) - (len(text) - at) + 1
	if end <= at {
		return false
	}
	nextLow, nextUp := next(s, at, end, low), end
	if up != low {
		nextUp = next(s, at, end, up)
	}
	for nextLow < end || nextUp < end {
		hit := min(nextLow, nextUp)
		if equalFold(s[hit-at:hit-at+len(text)], text) {
			return true
		}
		if hit == nextLow {
			nextLow = next(s, hit+1, end, low)
		} else {
			nextUp = next(s, hit+1, end, up)
		}
	}
	return false
}

// next is where c stands in s[from:end], end if nowhere.
func next(s string, from, end int, c byte) int {
	if from < end {
		if i := strings.IndexByte(s[from:end], c); i >= 0 {
			return from + i
		}
	}
	return end
}

func equalFold(s string, text []byte) bool {
	for i, c := range text {
		if lower(s[i]) != c {
			return false
		}
	}
	return true
}

// asString views b as a string; b must not change while the string is used.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
