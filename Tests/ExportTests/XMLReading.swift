import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a test needs to know of an XML document.
final class XMLReading: NSObject, XMLParserDelegate {
  private(set) var texts: [String] = []
  private(set) var elements: [String: Int] = [:]
  private(set) var root: [String: String] = [:]
  private(set) var isWellFormed = false
  private var isText = false
  private var failure: (any Error)?

  init(_ document: String) {
    super.init()
    let parser = XMLParser(data: Data(document.utf8))
    parser.delegate = self
    let isParsed = parser.parse()
    isWellFormed = isParsed && failure == nil && parser.parserError == nil
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    if elements.isEmpty { root = attributes }
    elements[name, default: 0] += 1
    isText = name == "text"
    if isText { texts.append("") }
  }

  // On Linux `parse()` also returns true for some documents that are not well formed; this tells them.
  func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) { failure = error }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if isText { texts[texts.count - 1] += string }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    isText = false
  }
}
