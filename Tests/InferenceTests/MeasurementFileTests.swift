// measurements.json: extended, never silently overwritten, never half read.

import Files
import Foundation
import Inference
import Kernels
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing

@Suite struct MeasurementFileTests {
  private func measurement(_ name: String, at time: Double = 1) throws -> SpeedMeasurement {
    let network = try Network([Linear(outputs: 2)], inputShape: [3], seed: Seed(1))
    let latency = LatencyMeasurement(
      of: network, input: Tensor([4, 3]), workers: Workers(threadCount: 1),
      plan: TimingPlan(seconds: 0, minimumRounds: 3, warmUpSeconds: 0, blockSeconds: 0))
    return SpeedMeasurement(
      name: name, environment: .current(), busyProcessors: 0.125, measuredAt: time,
      networks: [MeasuredNetwork(label: "thinned", network: network, latency: latency)])
  }

  @Test("measurements are added in order and read back as they were")
  func extend() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "run").appending(path: MeasurementFile.name)
      #expect(try MeasurementFile(contentsOf: url) == nil)
      let (first, second) = (try measurement("b"), try measurement("a"))
      try MeasurementFile.extend(url, by: [first])
      let file = try MeasurementFile.extend(url, by: [second])
      #expect(file.measurements == [first, second])
      #expect(try MeasurementFile(contentsOf: url) == file)
      #expect(file["a"]?.networks[0].parameters == 8)
      #expect(file["a"]?.networks[0].multiplyAccumulates == 6)
      #expect(file["c"] == nil)
    }
  }

  @Test("a name is measured once, unless the old measurement is to give way")
  func once() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: MeasurementFile.name)
      let old = [try measurement("a"), try measurement("b")]
      try MeasurementFile.extend(url, by: old)
      let bytes = try Data(contentsOf: url)
      let new = try measurement("a", at: 2)
      #expect(throws: MeasurementFileError.alreadyMeasured(path: url.path, name: "a")) {
        try MeasurementFile.extend(url, by: [try measurement("c"), new])
      }
      #expect(try Data(contentsOf: url) == bytes)
      let file = try MeasurementFile.extend(url, by: [new], replacing: true)
      #expect(file.measurements == [new, old[1]])
    }
  }

  @Test("a newer, broken or contradictory file is refused and stays as it is")
  func refused() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: MeasurementFile.name)
      func expectRefusal(_ text: String, _ matches: (MeasurementFileError) -> Bool) throws {
        try Data(text.utf8).write(to: url)
        do {
          try MeasurementFile.extend(url, by: [try measurement("a")], replacing: true)
          Issue.record("\(text) was taken for a file of measurements")
        } catch let error as MeasurementFileError {
          #expect(matches(error), "\(error)")
        }
        #expect(try Data(contentsOf: url) == Data(text.utf8))
      }
      try expectRefusal(#"{"schema": 2, "runs": []}"#) {
        $0 == .newerSchema(path: url.path, found: 2, known: 1)
      }
      try expectRefusal(#"{"schema": 1, "measurements": [{"#) {
        if case .unreadable = $0 { true } else { false }
      }
      let twice = try MeasurementFile.extend(
        folder.appending(path: "other.json"), by: [try measurement("a")])
      let text = String(decoding: try CanonicalJSON.encode(twice), as: UTF8.self)
      let one = String(
        decoding: try CanonicalJSON.encode(twice.measurements[0]), as: UTF8.self)
      try expectRefusal(text.replacingOccurrences(of: one, with: "\(one),\(one)")) {
        $0 == .unreadable(path: url.path, problem: "‘a’ occurs twice")
      }
    }
  }
}
