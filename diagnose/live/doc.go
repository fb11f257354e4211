// Package live makes evidence of a run of a stage: it watches the logs while a
// command runs, and says of what came of it what a diagnosis needs to know.
//
// A Watch tells a pipeline.Runner what the logs say of this run alone, by a
// diagnosis that has seen nothing older. Runs turns the runner's result into the
// diagnose.Run that the next report counts beside the logs. It follows files and
// asks the clock; package diagnose, which judges, does neither.
package live
