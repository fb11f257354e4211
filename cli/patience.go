package cli

import (
	"context"
	"sync"
	"time"
)

// lastAnswer keeps what another program or computer answered, which may take long: while
// a stage runs a target is judged several times a second. The zero value has asked
// nothing.
type lastAnswer[T any] struct {
	mu sync.Mutex
	// value is the last answer, and at when it came; asking is open while it is
	// asked, late once nobody waits for that any more, and age counts what makes an
	// answer old.
	value  *T
	at     time.Time
	asking chan struct{}
	late   bool
	age    int
}

// get returns an answer that is no older than pace, and asks for one if there is
// none. One that does not come in time is waited for no longer, but still asked for:
// then ok is false, as it is when ctx ends.
func (a *lastAnswer[T]) get(ctx context.Context, pace, patience time.Duration, ask func(context.Context) T) (value T, ok bool) {
	wait := time.NewTimer(patience)
	defer wait.Stop()
	for {
		a.mu.Lock()
		if a.value != nil && time.Since(a.at) < pace {
			defer a.mu.Unlock()
			return *a.value, true
		}
		if a.asking == nil {
			a.asking, a.late = make(chan struct{}), false
			go a.run(ask, a.asking, a.age)
		}
		asking, late := a.asking, a.late
		a.mu.Unlock()
		if late {
			return value, false
		}
		select {
		case <-asking:
		case <-wait.C:
			a.mu.Lock()
			a.late = a.asking == asking
			a.mu.Unlock()
			return value, false
		case <-ctx.Done():
			return value, false
		}
	}
}

// run keeps the answer, unless it is old before it came.
func (a *lastAnswer[T]) run(ask func(context.Context) T, done chan struct{}, age int) {
	value := ask(context.Background()) // whoever waits may be another one in the end
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.age == age {
		a.value, a.at = &value, time.Now()
	}
	a.asking = nil
	close(done)
}

// forget makes the next get ask anew.
func (a *lastAnswer[T]) forget() {
	a.mu.Lock()
	a.value = nil
	a.age++
	a.mu.Unlock()
}
