// Package offline reads the logs of a target into a diagnosis, from their ends
// backwards, and no further than the verdict needs.
package offline
