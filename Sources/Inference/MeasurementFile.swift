// measurements.json: speeds measured on one machine, beside the record they belong to. Written whole or not at all; what decides
// something, as a search's latencies do, is written before it is used and read back afterwards.

import Files
public import Foundation
public import Networks
public import Reproducibility

/// One measured network.
public struct MeasuredNetwork: Codable, Hashable, Sendable {
  /// What it is: `dense`, `thinned`.
  public var label: String
  /// Elements of its parameters.
  public var parameters: Int
  /// Dense multiply–accumulates for one example.
  public var multiplyAccumulates: Int
  /// How long it takes.
  public var latency: LatencyMeasurement

  public init(label: String, network: Network, latency: LatencyMeasurement) {
    self.label = label
    parameters = network.parameterCount
    multiplyAccumulates = network.denseMultiplyAccumulates
    self.latency = latency
  }
}

/// One measurement: networks that were measured in turn, and where.
public struct SpeedMeasurement: Codable, Hashable, Sendable {
  /// What was measured, unique in its file: `thinned, batch 64, 1 thread`.
  public var name: String
  /// The machine.
  public var environment: Environment
  /// Processors that others kept busy just before, if that was looked at.
  public var busyProcessors: Double?
  /// When it was measured, in seconds since 1970.
  public var measuredAt: Double
  /// The networks, the one that others are compared with first.
  public var networks: [MeasuredNetwork]
  /// How many times as fast as the first network the last one is, over the rounds; nil for a network alone.
  public var speedup: Spread?
  /// How far the outputs of the last network are from those of the network it was made of, if that was looked at.
  public var outputDifference: OutputDifference?

  public init(
    name: String, environment: Environment, busyProcessors: Double? = nil, measuredAt: Double,
    networks: [MeasuredNetwork], speedup: Spread? = nil, outputDifference: OutputDifference? = nil
  ) {
    self.name = name
    self.environment = environment
    self.busyProcessors = busyProcessors
    self.measuredAt = measuredAt
    self.networks = networks
    self.speedup = speedup
    self.outputDifference = outputDifference
  }
}

/// What is wrong with a file of measurements.
public enum MeasurementFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It cannot be read as what it should be.
  case unreadable(path: String, problem: String)
  /// It was written by a newer Parsimony.
  case newerSchema(path: String, found: Int, known: Int)
  /// There is a measurement of this name already.
  case alreadyMeasured(path: String, name: String)
  /// It cannot be written.
  case unwritable(path: String, problem: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let problem):
      return "\(path): \(problem); remove it to measure again"
    case .newerSchema(let path, let found, let known):
      return "\(path): schema \(found) is newer than \(known), which this version reads"
    case .alreadyMeasured(let path, let name): return "\(path): ‘\(name)’ is measured already"
    case .unwritable(let path, let problem): return "\(path): cannot be written: \(problem)"
    }
  }
}

/// The measurements that belong to one record, in the order in which they were made.
public struct MeasurementFile: Codable, Hashable, Sendable {
  /// The version of this format.
  public static let currentSchema = 1
  /// The file's name.
  public static let name = "measurements.json"

  /// The version of this format.
  public private(set) var schema = MeasurementFile.currentSchema
  /// The measurements; no two have one name.
  public private(set) var measurements: [SpeedMeasurement] = []

  public init() {}

  /// The measurement called `name`.
  public subscript(name: String) -> SpeedMeasurement? { measurements.first { $0.name == name } }

  /// The file at `url`, or nil if there is none.
  ///
  /// - Throws: `MeasurementFileError` if there is one that cannot be read.
  public init?(contentsOf url: URL) throws(MeasurementFileError) {
    let data: Data
    do throws(FileError) {
      data = try FileContents.read(url)
    } catch {
      switch error {
      case .system(_, _, ENOENT), .system(_, _, ENOTDIR): return nil
      default: throw .unreadable(path: url.path, problem: error.problem)
      }
    }
    struct Schema: Decodable { var schema: Int }
    if let found = try? CanonicalJSON.decode(Schema.self, from: data),
      found.schema > Self.currentSchema
    {
      throw .newerSchema(path: url.path, found: found.schema, known: Self.currentSchema)
    }
    do {
      self = try CanonicalJSON.decode(MeasurementFile.self, from: data)
    } catch {
      throw .unreadable(path: url.path, problem: "it is no file of measurements")
    }
    var names: Set<String> = []
    for measurement in measurements where !names.insert(measurement.name).inserted {
      throw .unreadable(path: url.path, problem: "‘\(measurement.name)’ occurs twice")
    }
  }

  /// Adds measurements to the file at `url`, which is created if it is missing.
  ///
  /// The file is replaced whole; two processes that extend one file at the same time are not foreseen.
  ///
  /// - Parameter replacing: whether measurements of the same names give way, in their places.
  /// - Returns: the file as it is now.
  /// - Throws: `.alreadyMeasured` if a name is taken and `replacing` is false; the file stays as it was.
  @discardableResult
  public static func extend(_ url: URL, by added: [SpeedMeasurement], replacing: Bool = false)
    throws(MeasurementFileError) -> MeasurementFile
  {
    let existing = try MeasurementFile(contentsOf: url)
    var file = existing ?? MeasurementFile()
    for measurement in added {
      if let index = file.measurements.firstIndex(where: { $0.name == measurement.name }) {
        guard replacing else { throw .alreadyMeasured(path: url.path, name: measurement.name) }
        file.measurements[index] = measurement
      } else {
        file.measurements.append(measurement)
      }
    }
    do {
      let data = try CanonicalJSON.encode(file, indented: true)
      if existing == nil {
        try DurableFile.create(data, at: url)
      } else {
        try DurableFile.replace(data, at: url)
      }
    } catch {
      throw .unwritable(path: url.path, problem: (error as? FileError)?.problem ?? "\(error)")
    }
    return file
  }
}
