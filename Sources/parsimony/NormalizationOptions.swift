// Options of subcommands that take someone's network: which network it is, and how its inputs are
// made.

import ArgumentParser
import Experiments
import Foundation
import ModelFiles
import Networks

/// How images become inputs.
struct NormalizationOptions: ParsableArguments {
  @Option(help: "The channels' means of pixels / 255 that the network was trained with.")
  var mean: String?

  @Option(help: "The channels' standard deviations that the network was trained with.")
  var deviation: String?

  @Option(
    help: "Statistics of the data set's training images instead: per-channel, mean-image, none.")
  var normalize: String?

  /// What the options say; where they say nothing, what the file says, if it is a container.
  func inputs(of file: URL) throws -> ForeignNetwork.Inputs {
    if mean == nil, deviation == nil, normalize == nil, try isContainer(file),
      let text = try NetworkContainer(contentsOf: file).about["inputs"],
      let inputs = ForeignNetwork.Inputs(text: text)
    {
      return inputs
    }
    return try inputs()
  }

  /// What the options say; words if they say nothing.
  func inputs() throws -> ForeignNetwork.Inputs {
    switch (mean, deviation, normalize) {
    case (nil, nil, nil): return .words
    case (nil, nil, let name?):
      guard let kind = DatasetSpec.Normalize(rawValue: name) else {
        let known = DatasetSpec.Normalize.allCases.map { $0.rawValue }.joined(separator: ", ")
        throw ValidationError("--normalize \(name): expected one out of \(known)")
      }
      return .normalized(kind)
    case (let mean?, let deviation?, nil):
      return .standardized(
        means: try numbers(mean, "--mean"), deviations: try numbers(deviation, "--deviation"))
    default:
      throw ValidationError("give both --mean and --deviation, or --normalize, or, for words, none")
    }
  }

  private func numbers(_ text: String, _ option: String) throws -> [Double] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let number = Double(word) else {
        throw ValidationError("\(option): ‘\(word)’ is not a number")
      }
      return number
    }
  }
}

/// Whether the file is a container.
///
/// - Throws: `ValidationError` if there is no such file.
func isContainer(_ file: URL) throws -> Bool {
  guard let handle = try? FileHandle(forReadingFrom: file) else {
    throw ValidationError("\(file.path): no such file, or it cannot be read")
  }
  defer { try? handle.close() }
  return NetworkContainer.isContainer((try? handle.read(upToCount: 4)) ?? Data())
}

/// The network that an option names; nil for a container, which says it itself.
///
/// - Throws: `ValidationError` if both say it, or neither.
func chosenNetwork(_ option: String?, for file: URL) throws -> NetworkChoice? {
  switch (option, try isContainer(file)) {
  case (let name?, false): return try NetworkChoice(option: name)
  case (nil, true): return nil
  case (nil, false):
    throw ValidationError("\(file.path) is not a container; name its network with --network")
  case (_?, true):
    throw ValidationError("\(file.path) is a container and knows its network; leave --network out")
  }
}
