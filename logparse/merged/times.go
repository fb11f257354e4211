package merged

import (
	"math/bits"
	"time"

	"patchtrace/logparse"
)

// undated is the effective time of the records of a log without any date: before
// all dates, and far enough from both ends of int64 that times can be subtracted.
const undated = -1 << 60

// timeGroup is how many times share a width. Groups end at bytes.
const timeGroup = 16

// units are what times are counted in, in nanoseconds: what a log's writer counts
// in makes its times short.
var units = [...]int64{1e9, 1e6, 1e5, 100, 1}

// packTimes appends rising times to dst, each as its distance from the one
// before. The first is not stored.
func packTimes(dst []byte, eff []int64) (packed []byte, unit int64) {
	unit = timeUnit(eff)
	prev := eff[0]
	var deltas [timeGroup]uint64
	for len(eff) > 0 {
		n := min(timeGroup, len(eff))
		var all uint64
		for i, t := range eff[:n] {
			deltas[i] = uint64(t-prev) / uint64(unit)
			all |= deltas[i]
			prev = t
		}
		width := bits.Len64(all)
		dst = append(dst, byte(width))
		dst = packBits(dst, deltas[:n], width)
		eff = eff[n:]
	}
	return dst, unit
}

// timeUnit is the largest unit that divides all distances.
func timeUnit(eff []int64) int64 {
	k := 0
	for i := 1; i < len(eff); i++ {
		for d := eff[i] - eff[i-1]; d%units[k] != 0; {
			k++
		}
	}
	return units[k]
}

func packBits(dst []byte, values []uint64, width int) []byte {
	var acc uint64
	have := 0
	put := func(v uint64, n int) {
		acc |= v << have
		for have += n; have >= 8; have -= 8 {
			dst = append(dst, byte(acc))
			acc >>= 8
		}
	}
	for _, v := range values {
		if width > 32 {
			put(v&(1<<32-1), 32)
			put(v>>32, width-32)
		} else {
			put(v, width)
		}
	}
	if have > 0 {
		dst = append(dst, byte(acc))
	}
	return dst
}

// unpackTimes fills dst with the times that packTimes packed.
func unpackTimes(dst []int64, packed []byte, first, unit int64) {
	t := first
	for len(dst) > 0 {
		n := min(timeGroup, len(dst))
		width := int(packed[0])
		packed = packed[1:]
		var acc uint64
		have := 0
		for i := range n {
			var v uint64
			for got := 0; got < width; {
				if have == 0 {
					acc, have = uint64(packed[0]), 8
					packed = packed[1:]
				}
				take := min(have, width-got)
				v |= acc & (1<<take - 1) << got
				acc >>= take
				have -= take
				got += take
			}
			t += int64(v) * unit
			dst[i] = t
		}
		dst = dst[n:]
	}
}

// clock turns stamps into UTC. It remembers the last answer, as neighbours are of
// the same quarter of an hour; it serves one goroutine.
type clock struct {
	zone    *time.Location
	quarter int64
	offset  int64
	even    bool // the offset holds for the whole quarter
	known   bool
}

const quarterHour = int64(15 * time.Minute)

// nanos is the stamp in nanoseconds of UTC from 1970 on. The stamp is dated.
func (c *clock) nanos(s logparse.Stamp) int64 {
	if s.Zoned {
		return s.Wall - int64(s.Offset)*int64(time.Minute)
	}
	if c.zone == nil || c.zone == time.UTC {
		return s.Wall
	}
	q := s.Wall / quarterHour
	if !c.known || q != c.quarter {
		c.quarter, c.known = q, true
		from := c.slow(q * quarterHour)
		to := c.slow((q+1)*quarterHour - 1)
		c.offset, c.even = q*quarterHour-from, to-from == quarterHour-1
	}
	if c.even {
		return s.Wall - c.offset
	}
	return c.slow(s.Wall)
}

// slow asks the zone itself.
func (c *clock) slow(wall int64) int64 {
	w := time.Unix(0, wall).UTC()
	return time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), c.zone).UnixNano()
}
