// A task on its node: runs that are stored are left out, and what the node lacks is said before anything starts.

import Cluster
import Datasets
import Experiments
import Foundation
import Reproducibility
import TestSupport
import Testing

@Suite("Tasks on their node") struct ClusterTaskTests {
  /// A catalogue that finds nothing.
  private let empty = DatasetCatalog(searchRoots: [])

  private func manifest(_ site: Site, _ runs: [PlannedRun]) throws -> URL {
    let prepared = try site.submit(runs) { $0.runsPerTask = 10 }
    return URL(fileURLWithPath: try #require(prepared.arrays.last).manifestPath)
  }

  @Test("data that are not on the node are an error with its name")
  func data() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let url = try manifest(site, try SmallPlan.runs(seeds: 1...2, densities: []))
      let error = #expect(throws: ClusterError.self) {
        try ClusterTask(manifest: url, index: 0, named: nil, catalog: empty, node: "node-17")
      }
      #expect(
        error?.description.hasPrefix("node-17: the data set mnist is not on this node") == true)
    }
  }

  @Test("a manifest of other results is refused")
  func otherResults() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let url = try manifest(site, try SmallPlan.runs(seeds: 1...2, densities: []))
      let other = folder.appending(path: "elsewhere")
      let error = #expect(throws: ClusterError.self) {
        try ClusterTask(manifest: url, index: 0, named: other, catalog: empty, node: "n1")
      }
      guard case .otherResults = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("a search on a curve needs no data; once its record is there nothing is left to do")
  func stored() throws {
    try withTemporaryFolder { folder in
      let site = Site(folder)
      let description = RunDescription(curveSearch: CurveSearch())
      let identity = try RunIdentity(description, datasetChecksums: [:])
      let run = PlannedRun(
        folder: RecordFolder(paper: "own", experiment: "curve", profile: "quick"),
        identity: identity, digest: try identity.digest(), seed: 1,
        state: .missing(reason: "not run"), coordinates: [:])
      let url = try manifest(site, [run])
      func due() throws -> Int {
        try ClusterTask(
          manifest: url, index: 0, named: site.store.root, catalog: empty, node: "n1"
        ).due.count
      }
      #expect(try due() == 1)
      let record = Record(
        identity: identity, digest: run.digest, seed: 1, status: .finished, metrics: [:],
        layers: [], emptiedLayers: [], networkDigest: nil)
      try site.store.create(record, history: [], compressedNetwork: nil, in: run.folder)
      #expect(try due() == 0)
    }
  }
}
