/**
 * Version of what reads a verdict from words (readVerdictText, readGrade, cleanReply): part of the identity of a judge whose
 * words are read, so that verdicts read in another way are another judge's and are never passed off as this one's. Raise
 * it with every change to what any reply is read as. Verdicts from before there were versions are under none.
 */
export const READER_VERSION = 2;
