declare module 'ping' {
  interface PingConfig {
    numeric?: boolean
    timeout?: number
    deadline?: number
    min_reply?: number
    v6?: boolean
    extra?: string[]
  }
  interface PingResponse {
    alive: boolean
    output: string
    /** Round-trip times of the replies, ms. */
    times: number[]
  }
  export const promise: { probe(address: string, config?: PingConfig): Promise<PingResponse> }
}
