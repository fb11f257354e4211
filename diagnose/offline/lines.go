package offline

import (
	"patchtrace/diagnose"
	"patchtrace/logparse"
)

// number fills in the lines of what the report cites from logs that were read
// from their ends: only then is it known which lines are worth counting.
func (r *run) number(report *diagnose.Report) {
	parts := map[string]logparse.Part{}
	for _, l := range r.logs {
		if l.backward {
			for _, p := range l.log.Parts {
				parts[p.Name] = p
			}
		}
	}
	if len(parts) == 0 {
		return
	}
	cited := map[string]map[int64]int{}
	report.EachPlace(func(part string, offset int64, line *int) {
		if _, ok := parts[part]; ok && *line == 0 {
			if cited[part] == nil {
				cited[part] = map[int64]int{}
			}
			cited[part][offset] = 0
		}
	})
	for part, places := range cited {
		offsets := make([]int64, 0, len(places))
		for off := range places {
			offsets = append(offsets, off)
		}
		lines, err := logparse.LineNumbers(parts[part], offsets, r.opt.Options)
		if err != nil {
			continue // the offset still says where the line is
		}
		for i, off := range offsets {
			places[off] = lines[i]
		}
	}
	report.EachPlace(func(part string, offset int64, line *int) {
		if *line == 0 {
			*line = cited[part][offset]
		}
	})
}
