// What a finished run leaves: record.json and history.csv, byte-identical for one spec, seed, data and numerics version;
// and attempt.json, which holds what differs between machines. The fields are documented for readers in results/README.md.

public import Foundation
public import Reproducibility
public import Tensors
public import Training

/// One parameter tensor of the returned network.
public struct LayerRow: Codable, Hashable, Sendable {
  /// `conv1.weight`.
  public var name: ParameterName
  /// The shape of the tensor.
  public var shape: Shape
  /// Elements that are not zero.
  public var nonzeros: Int
  /// Bits that each stored value takes.
  public var bitsPerValue: Int
  /// Whether zeros are left out of storage, so that positions must be stored.
  public var isSparse: Bool
  /// Scales of 32 bits that belong to fixed-point values; nil for other values.
  public var scaleCount: Int?
  /// Levels of 32 bits that values from a codebook stand for; nil for other values.
  public var levelCount: Int?
  /// The blocks of a tensor in blocks; nil for others.
  public var blocks: BlockRow?

  public init(
    name: ParameterName, shape: Shape, nonzeros: Int, bitsPerValue: Int, isSparse: Bool,
    scaleCount: Int? = nil, levelCount: Int? = nil, blocks: BlockRow? = nil
  ) {
    self.blocks = blocks
    self.scaleCount = scaleCount
    self.levelCount = levelCount
    self.name = name
    self.shape = shape
    self.nonzeros = nonzeros
    self.bitsPerValue = bitsPerValue
    self.isSparse = isSparse
  }
}

/// The blocks of one tensor: kept, pruned, or unified.
public struct BlockRow: Codable, Hashable, Sendable {
  /// The sizes of a block: rows and columns of the weights as a matrix, or inputs, outputs and taps.
  public var block: Shape
  /// How the weights become a matrix: `O_HWI`, `O_IHW` or `IHW_O`.
  public var order: String
  /// Blocks that are zero.
  public var pruned: Int
  /// Blocks whose elements share a magnitude.
  public var unified: Int
  /// Blocks that stay as they are.
  public var kept: Int
  /// Numbers that are stored: one per unified block, one per element of a kept block.
  public var storedValues: Int
  /// Bits of signs and tags.
  public var signAndTagBits: Int

  public init(
    block: Shape, order: String, pruned: Int, unified: Int, kept: Int, storedValues: Int,
    signAndTagBits: Int
  ) {
    self.block = block
    self.order = order
    self.pruned = pruned
    self.unified = unified
    self.kept = kept
    self.storedValues = storedValues
    self.signAndTagBits = signAndTagBits
  }
}

/// The result of one run with one seed.
public struct Record: Codable, Hashable, Sendable {
  /// The version of this format.
  public static let currentSchema = 1

  /// How the run ended; only these two are recorded, a failure is an attempt.
  public enum Status: String, Codable, Hashable, Sendable {
    case finished
    case diverged
  }

  /// The version of this format.
  public var schema = Record.currentSchema
  /// What was run, with everything the result depends on.
  public var identity: RunIdentity
  /// 16 hexadecimal digits over `identity`.
  public var digest: String
  /// The seed.
  public var seed: Int
  /// How it ended.
  public var status: Status
  /// Metric name → value; names and units stand in `Metric.all`.
  public var metrics: [String: Double]
  /// The parameters of the returned network.
  public var layers: [LayerRow]
  /// Names of layers without a non-zero weight.
  public var emptiedLayers: [String]
  /// SHA-256 of the returned network's safetensors bytes, before gzip; nil if the run returns none.
  public var networkDigest: Digest?
  /// What a search of the sparsity found; nil for runs that do not search.
  public var search: SearchReport?
  /// SHA-256 over everything else in the record and over its history, so that an edited number is noticed; nil where it was stored
  /// before there were any.
  public var resultDigest: Digest?

  public init(
    identity: RunIdentity, digest: String, seed: Int, status: Status, metrics: [String: Double],
    layers: [LayerRow], emptiedLayers: [String], networkDigest: Digest?
  ) {
    self.identity = identity
    self.digest = digest
    self.seed = seed
    self.status = status
    self.metrics = metrics
    self.layers = layers
    self.emptiedLayers = emptiedLayers
    self.networkDigest = networkDigest
  }

  /// The run's name: digest and seed.
  public var name: String { "\(digest)-s\(seed)" }

  /// The same record with its result's digest.
  ///
  /// - Parameter history: the bytes of history.csv.
  /// - Throws: `EncodingError` for a number that JSON cannot hold.
  func sealed(history: Data) throws -> Record {
    var result = self
    result.resultDigest = nil
    result.resultDigest = Digest(of: try CanonicalJSON.encode(result) + history)
    return result
  }

  /// This record without the metrics that `older` lacks, and with its digest: later versions of Parsimony count more of the same
  /// result.
  func restricted(to older: Record) -> Record {
    var result = self
    result.metrics = metrics.filter { older.metrics[$0.key] != nil }
    result.resultDigest = older.resultDigest
    return result
  }
}

/// The last attempt at a run: status, times, machine. Freely replaced.
public struct Attempt: Codable, Hashable, Sendable {
  /// Where the attempt stands.
  public enum Status: String, Codable, Hashable, Sendable {
    case finished, diverged, failed
    /// Asked to stop; its checkpoint resumes it.
    case stopped
  }

  /// How it ended.
  public var status: Status
  /// What went wrong, for people.
  public var problem: String?
  /// Wall-clock seconds of the last process.
  public var seconds: Double
  /// Processor seconds of the training, including those of processes that were killed before.
  public var processorSeconds: Double
  /// Threads inside the run.
  public var threads: Int
  /// The machine.
  public var environment: Environment
  /// Bytes of the returned network as a gzipped safetensors file, stored or not.
  public var networkFileBytes: Int?
  /// The update at which the last process went on from a checkpoint, if it did.
  public var resumedAt: Int?
  /// When it ended, in seconds since 1970.
  public var endedAt: Double
  /// The largest memory of the process, in MiB; nil in files of versions that did not measure it.
  public var peakMebibytes: Double?
  /// Which attempt at the run it was, counted from 1; nil in files of versions that did not count.
  public var number: Int?
  /// The job of a cluster's scheduler that it belonged to: `4711_3`.
  public var clusterJob: String?

  public init(
    status: Status, problem: String? = nil, seconds: Double, processorSeconds: Double,
    threads: Int, environment: Environment, networkFileBytes: Int? = nil, resumedAt: Int? = nil,
    endedAt: Double, peakMebibytes: Double? = nil, number: Int? = nil, clusterJob: String? = nil
  ) {
    self.peakMebibytes = peakMebibytes
    self.number = number
    self.clusterJob = clusterJob
    self.status = status
    self.problem = problem
    self.seconds = seconds
    self.processorSeconds = processorSeconds
    self.threads = threads
    self.environment = environment
    self.networkFileBytes = networkFileBytes
    self.resumedAt = resumedAt
    self.endedAt = endedAt
  }
}

/// A run's history as CSV: step,metric,value.
public enum HistoryTable {
  /// The bytes of history.csv; numbers in their shortest exact form.
  public static func encode(_ rows: [HistoryRow]) -> Data {
    var text = "step,metric,value\n"
    for row in rows { text += "\(row.step),\(row.metric),\(row.value)\n" }
    return Data(text.utf8)
  }

  /// The rows of history.csv; nil if a line has another form.
  public static func decode(_ data: Data) -> [HistoryRow]? {
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    guard lines.first == "step,metric,value" else { return nil }
    var rows: [HistoryRow] = []
    for line in lines.dropFirst() {
      let parts = line.split(separator: ",")
      guard parts.count == 3, let step = Int(parts[0]), let value = Double(parts[2]) else {
        return nil
      }
      rows.append(HistoryRow(step: step, metric: String(parts[1]), value: value))
    }
    return rows
  }
}
