package io.diskimage.format.bundle;

import io.diskimage.format.CorruptImageException;
import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limit;
import io.diskimage.format.LimitExceededException;
import io.diskimage.format.Limits;
import io.diskimage.format.NotAnImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.MissingResourceException;
import javax.xml.XMLConstants;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * The elements of a descriptor, one behind the other: no document type, no entities, nothing beside
 * the file is read, and no more is kept than the element at hand (parallels-bundle.md section 6 row
 * 1).
 */
final class DescriptorXml {
  /** More than any field needs; a path of Linux has no more. */
  private static final int MAX_TEXT = 4096;

  /** Twice what the format has. */
  private static final int MAX_DEPTH = 10;

  private static final int MAX_SHOWN = 64;

  private final ImageInput input;
  private final XMLStreamReader reader;
  private int depth;
  private boolean inRoot;

  private DescriptorXml(ImageInput input, XMLStreamReader reader) {
    this.input = input;
    this.reader = reader;
  }

  /** Stands before the root element then. */
  static DescriptorXml open(ImageInput input, Limits limits, IoCounters io) throws IOException {
    if (input.length() > limits.xmlBytes()) {
      throw new LimitExceededException(
          input.location(),
          ImageException.NO_OFFSET,
          "Could not read DiskDescriptor.xml: it is too long",
          Limit.XML_BYTES,
          limits);
    }
    byte[] bytes = new byte[(int) input.length()];
    io.metadataRead(input.read(0, ByteBuffer.wrap(bytes)));
    try {
      // The JDK's own, whatever other parsers the application has on its class path.
      XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
      factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
      factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
      factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
      factory.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
      return new DescriptorXml(
          input, factory.createXMLStreamReader(new ByteArrayInputStream(bytes)));
    } catch (XMLStreamException notXml) {
      throw notXml(input, notXml);
    }
  }

  /**
   * Goes to the next child of the element that was last gone to and is not yet at its end; the root
   * counts as a child.
   *
   * @return false at the end of that element
   */
  boolean child() throws ImageException {
    while (true) {
      switch (next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          depth++;
          inRoot = true;
          if (depth > MAX_DEPTH) {
            throw unreadable("elements are nested deeper than " + MAX_DEPTH);
          }
          return true;
        }
        case XMLStreamConstants.END_ELEMENT -> {
          depth--;
          return false;
        }
        case XMLStreamConstants.END_DOCUMENT -> {
          return false;
        }
        default -> {
          // Text and comments between elements mean nothing.
        }
      }
    }
  }

  /** Name of the element that {@link #child} went to. */
  String name() {
    return reader.getLocalName();
  }

  /** An attribute of the element that {@link #child} went to, or null. */
  String attribute(String name) {
    return reader.getAttributeValue(null, name);
  }

  /** Text of the element that {@link #child} went to, without blanks around it; goes to its end. */
  String text() throws ImageException {
    String name = name();
    StringBuilder text = new StringBuilder();
    while (true) {
      int event = next();
      if (event == XMLStreamConstants.END_ELEMENT) {
        depth--;
        return text.toString().strip();
      }
      if (event == XMLStreamConstants.START_ELEMENT) {
        throw badValue("<" + name() + ">", name);
      }
      if (event != XMLStreamConstants.COMMENT
          && event != XMLStreamConstants.PROCESSING_INSTRUCTION) {
        text.append(reader.getTextCharacters(), reader.getTextStart(), reader.getTextLength());
      }
      if (text.length() > MAX_TEXT) {
        throw badValue(text.toString(), name);
      }
    }
  }

  /** Goes to the end of the element that {@link #child} went to. */
  void skip() throws ImageException {
    int end = depth - 1;
    while (depth > end) {
      child();
    }
  }

  private int next() throws ImageException {
    int event;
    try {
      event = reader.next();
    } catch (XMLStreamException | MissingResourceException notWellFormed) {
      // The JDK's parser has no text for some of its errors, and fails to tell them.
      throw inRoot ? unreadable(input, notWellFormed) : notXml(input, notWellFormed);
    }
    if (event == XMLStreamConstants.DTD || event == XMLStreamConstants.ENTITY_REFERENCE) {
      throw unreadable("document types and entities are not allowed");
    }
    return event;
  }

  CorruptImageException badValue(String value, String element) {
    String shown = value.length() > MAX_SHOWN ? value.substring(0, MAX_SHOWN) + "..." : value;
    return invalid("bad value '" + shown + "' in '" + element + "'");
  }

  CorruptImageException invalid(String detail) {
    return new CorruptImageException(
        input.location(), ImageException.NO_OFFSET, "Invalid disk descriptor: " + detail);
  }

  private CorruptImageException unreadable(String detail) {
    return new CorruptImageException(
        input.location(), ImageException.NO_OFFSET, "Could not read DiskDescriptor.xml: " + detail);
  }

  private static CorruptImageException unreadable(ImageInput input, Exception reason) {
    return new CorruptImageException(
        input.location(), ImageException.NO_OFFSET, detail(reason), reason);
  }

  /** What has no root element is no descriptor at all. */
  private static NotAnImageException notXml(ImageInput input, Exception reason) {
    return new NotAnImageException(
        input.location(), ImageException.NO_OFFSET, detail(reason), reason);
  }

  /** The parser's message has several lines. */
  private static String detail(Exception reason) {
    String message = String.valueOf(reason.getMessage());
    return "Could not read DiskDescriptor.xml: " + message.replaceAll("\\s+", " ");
  }
}
