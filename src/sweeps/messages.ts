/** What a run's process tells the sweep that started it, over the channel between them. */
export interface ProgressMessage {
  readonly step: number;
  readonly loss: number | null;
}
