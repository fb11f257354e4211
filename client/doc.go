// Package client opens what a diagnosis looks at: a folder of logs, or a single
// log. It finds the log files, joins rotated parts, and says of what it could
// not read why. It reads names and sizes only; the logs' content is read by
// whoever opens their parts.
package client
