/** What a run's process tells the sweep that started it, over the channel between them. */
export interface ProgressMessage {
  readonly step: number;
  readonly loss: number | null;
  /** Steps per second of training; 0 while that is unknown. */
  readonly rate: number;
}
