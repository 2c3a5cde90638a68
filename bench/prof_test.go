package main

import ("testing";"context")

func BenchmarkHit(b *testing.B) {
	for _, s := range statements {
		b.Run(word(s.name), func(b *testing.B) {
			w, err := wrapped(context.Background())
			if err != nil { b.Fatal(err) }
			call := send(context.Background(), w, s)
			b.ReportAllocs()
			for b.Loop() { if err := call(); err != nil { b.Fatal(err) } }
		})
	}
}
func BenchmarkHitShared(b *testing.B) {
	w, err := wrapped(context.Background())
	if err != nil { b.Fatal(err) }
	for _, s := range statements {
		b.Run(word(s.name), func(b *testing.B) {
			call := send(context.Background(), w, s)
			b.ReportAllocs()
			for b.Loop() { if err := call(); err != nil { b.Fatal(err) } }
		})
	}
}
