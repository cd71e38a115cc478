/** A command line that yargs cannot make sense of. */
export class UsageFailure extends Error {
  constructor(
    /** In yargs' words. */
    override readonly message: string,
    /** The help of the command that it was taken for. */
    readonly help: string,
  ) {
    super(message);
  }
}
