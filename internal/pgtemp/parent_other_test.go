//go:build !linux

package pgtemp

import "testing"

// Only Linux lets us see the processes of a folder, and starts servers that end with their parent.
func requireNoProcess(*testing.T, string) {}

func serverChild() {}
