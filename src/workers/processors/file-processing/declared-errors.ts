/** The permanent failures of file processing: one attempt, no retry. */
import { Failure } from '../../../models/failure.js';

export const declaredErrors = {
  not_an_image: {
    title: 'The file is not an image',
    when: 'An operation on images is asked for, and the content is something else.',
  },
  unsupported_image: {
    title: 'The image format is not supported',
    when: 'The file is an image of a format that cannot be read here, for example BMP or HEIC.',
  },
  corrupt_image: {
    title: 'The image is corrupt',
    when: 'The image is cut off, or its data is damaged.',
  },
  crop_outside_image: {
    title: 'The crop lies outside the image',
    when: 'The rectangle of `crop` is not within the image as it is at that place in the list.',
  },
  invalid_watermark: {
    title: 'The watermark cannot be used',
    when: 'The file of a `watermark` is not an image that can be read, or its text has no visible character.',
  },
  invalid_csv: {
    title: 'The CSV is not valid',
    when: 'A row has another number of columns or too many, a quote is not closed, a column name is missing, twice there or too long, or the content is not text in UTF-8.',
  },
} as const;

type Code = keyof typeof declaredErrors;

/** @param cause What the library said: for the operator's log, never for the client. */
export const declaredFailure = (code: Code, detail: string, cause?: unknown) =>
  new Failure(code, detail, { retry: false, cause });
