package doctor

import (
	"io"
	"net/url"
	"path/filepath"
)

// The parts of SARIF 2.1.0 that a report needs.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string      `json:"id"`
		ShortDescription     sarifText   `json:"shortDescription"`
		FullDescription      sarifText   `json:"fullDescription"`
		Help                 sarifText   `json:"help"`
		DefaultConfiguration sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID              string            `json:"ruleId"`
		RuleIndex           int               `json:"ruleIndex"`
		Level               string            `json:"level"`
		Message             sarifText         `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		PhysicalLocation *sarifPhysical `json:"physicalLocation,omitempty"`
		LogicalLocations []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
)

// SARIF's levels, by severity.
var sarifLevels = []string{"note", "warning", "error"}

// SARIF writes the report as SARIF 2.1.0, with all kinds as rules. The objects are
// logical locations. With [Options.PolicyFile] that file is the physical location of
// all, for viewers that want one.
func (r *Report) SARIF(w io.Writer) error {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "softdelete doctor", InformationURI: "https://github.com/softdelete-go/softdelete"}
	index := map[string]int{}
	for i, k := range kinds {
		index[k.Code] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID: k.Code, ShortDescription: sarifText{k.Title}, FullDescription: sarifText{k.Danger},
			Help: sarifText{k.Remedy}, DefaultConfiguration: sarifConfig{sarifLevels[k.Severity]},
		})
	}
	for _, f := range r.Findings {
		at := sarifLocation{LogicalLocations: []sarifLogical{{f.Object}}}
		if r.policyFile != "" {
			at.PhysicalLocation = &sarifPhysical{sarifArtifact{(&url.URL{Path: filepath.ToSlash(r.policyFile)}).String()}, sarifRegion{1}}
		}
		run.Results = append(run.Results, sarifResult{
			RuleID: f.Code, RuleIndex: index[f.Code], Level: sarifLevels[f.Severity],
			Message: sarifText{f.Object + ": " + f.Danger + "\n\n" + f.Remedy}, Locations: []sarifLocation{at},
			PartialFingerprints: map[string]string{"object/v1": f.Code + ":" + f.Object},
		})
	}
	return writeJSON(w, sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}
