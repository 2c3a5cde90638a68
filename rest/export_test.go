package rest

// Routes are all endpoints, as "METHOD path".
func Routes() (list []string) {
	for _, r := range routes {
		list = append(list, r.method+" "+r.path)
	}
	return list
}

// Controls are all parameters that are no filters.
var Controls = controls
